// English texts: the same keys as ja.ts.
import type { Texts } from './index'
import type { ja } from './ja'

export const en: Texts<typeof ja> = {
  brand: 'Choai',
  common: {
    actions: 'Actions', add: 'Add', all: 'All', cancel: 'Cancel', change: 'Change', clear: 'Clear {{name}}', close: 'Close', copied: 'Copied', copy: 'Copy',
    delete: 'Delete', empty: '(empty)', loading: 'Loading', no: 'No', none: 'None', off: 'no', on: 'yes', opens_new: 'opens in a new tab', remove: 'Remove', required: 'required',
    retry: 'Try again', save: 'Save', saved: 'Saved.', state: 'State', undo: 'Undo', yes: 'Yes', you: 'you',
  },
  nav: {
    label: 'Main menu', side: 'Sidebar', bar: 'Top bar', daily: 'Every day', settings: 'Settings', admin: 'Administration', dashboard: 'Dashboard', partners: 'Partners', runs: 'Runs', setup: 'Getting started', connections: 'Connections',
    masters: 'Masters', schedules: 'Scheduled runs', syncs: 'Field mapping', users: 'Users and roles', audit: 'Audit trail', system: 'System', workspace: 'Workspace', me: 'My settings',
    menu: 'Menu', skip: 'Skip to content', language: 'Language', workspaces: 'Switch workspace', sign_out: 'Sign out', demo: 'Demo',
  },
  field: {
    company: 'Company', name: 'Name', email: 'E-mail address', password: 'Password', password_again: 'Password, again', password_differs: 'The two passwords differ.',
    password_rule: 'At least 10 characters.', show_password: 'Show what was typed',
  },
  sign_in: { title: 'Sign in', submit: 'Sign in', demo: 'The demo account is filled in: just sign in.' },
  first_start: {
    title: 'Create the first administrator', about: 'Who will look after this installation? You are signed in right after this.', submit: 'Create and start',
  },
  fault: {
    offline: 'You are offline. What you see is the last known state; it refreshes by itself when you are back.',
    unreachable: { title: 'The server cannot be reached', cause: 'The Choai server did not answer. Whether this action was carried out is not known.', next: 'Check your network and try again. If it stays like this, tell your system administrator.' },
    unexpected: { title: 'The answer could not be read', cause: 'The server answered in an unexpected way. Whether this action was carried out is not known.', next: 'Reload the page, then try again.' },
  },
  broken: { title: 'This screen cannot be shown', text: 'Something went wrong while loading it. Right after an update to a new version, reloading helps.', reload: 'Reload' },
  not_found: { title: 'Page not found', text: 'There is no page at this address.' },
  problem: { who: 'Who can fix it', copy: 'Copy error code {{mark}}', copied: 'Copied', detail: 'What the service said' },
  who: { user: 'whoever uses this screen', accounting_admin: 'administrator of the accounting service', crm_admin: 'administrator of kintone', host: 'system administrator', nobody: 'nothing to do' },
  unsaved: { title: 'There are unsaved changes', text: 'If you leave now, they are lost.', leave: 'Leave and lose them', stay: 'Stay here', bar: 'There are unsaved changes.' },
  list: {
    no_match: 'Nothing matches.', clear: 'Clear all filters', filters: 'Filters', total: 'Total: {{n}}', pages: 'Pages', table: 'Table: {{label}}', range: '{{first}}–{{last}}', range_of: '{{first}}–{{last}} of {{total}}',
    size: 'Rows per page', per_page: '{{n}} a page', previous: 'Previous', next: 'Next', select_all: 'Select all on this page', select_one: 'Select {{name}}',
  },
  csv: { download: 'CSV', utf8: 'Download as UTF-8 (for Excel)', sjis: 'Download as Shift_JIS' },
  service: { freee: 'freee accounting', kintone: 'kintone' },
  side: { left: 'kintone', right: 'freee' },
  direction: { to_left: 'From freee to kintone', to_right: 'From kintone to freee', both: 'Both ways' },
  flow: { both: '↔ both ways', to_right: '→ to freee', to_left: '← to kintone' },
  flow_mark: { both: '↔', to_right: '→', to_left: '←' },
  kind: {
    partner: 'Partners', tag: 'Memo tags', segment: 'Segments', segment_1: 'Segment 1', segment_2: 'Segment 2', segment_3: 'Segment 3', item: 'Items', section: 'Sections', account_item: 'Account items',
    tax_code: 'Tax codes', expense_category: 'Expense categories', walletable: 'Wallets',
  },
  weekday: { '0': 'Monday', '1': 'Tuesday', '2': 'Wednesday', '3': 'Thursday', '4': 'Friday', '5': 'Saturday', '6': 'Sunday' },
  trigger: { schedule: 'Schedule', late: 'Schedule (late)', manual: 'By hand', api: 'API', retry: 'Retry', preview: 'Preview' },
  phase: { queued: 'Waiting to start', open: 'Checking the connections', read_left: 'Reading from kintone', read_right: 'Reading from freee', plan: 'Working out the changes', apply: 'Writing', settle: 'Checking the results', done: 'Done' },
  op: { create: 'Create', update: 'Update', bind: 'Pair only', bind_update: 'Pair and update', none: 'No change' },
  origin: { left: 'Made in kintone', right: 'Made in freee', matched: 'Matched' },
  state: {
    run: {
      queued: 'Waiting', running: 'Running', paused: 'Paused', planned: 'Preview to decide on', held: 'Held by the brake', succeeded: 'Succeeded', partly: 'Finished with failures', error: 'Error, not executed', stopped: 'Stopped midway',
      cancelled: 'Cancelled', discarded: 'Discarded',
    },
    outcome: {
      targets: 'Targets', succeeded: 'Succeeded', planned: 'Planned', created: 'Created', updated: 'Updated', unchanged: 'Unchanged', skipped: 'Skipped', failed: 'Failed', blocked: 'Blocked', not_reached: 'Not reached', not_counted: 'Not counted',
    },
    connection: { new: 'Not authorised', ready: 'Connected', reauthorise: 'Authorise again', blocked: 'Not available', error: 'Error' },
    binding: { ok: 'Paired', missing_left: 'Missing in kintone', missing_right: 'Missing in freee', id_changed: 'ID changed' },
    master: { linked: 'Linked', disabled: 'Switched off', unlinked: 'Not linked', unavailable: 'Not available' },
    person: { ok: 'Authorised', reauthorise: 'Authorise again', missing: 'Not authorised', none: 'Not set' },
    row: { ok: 'Mapped', warning: 'Check', error: 'To fix', proposal: 'Proposal' },
    schedule: { enabled: 'Enabled', disabled: 'Disabled' },
    stage: { done: 'Done', now: 'In progress', locked: 'After the step before' },
    worker: { alive: 'Alive', silent: 'Silent' },
  },
  result: {
    title: 'Result of scheduled execution', ran_at: 'Run at', targets: 'Targets', succeeded: 'Successes', failed: 'Failures', targets_n: '{{n}} targets', succeeded_n: '{{n}} succeeded', failed_n: '{{n}} failed',
    late: 'Late run for {{date}}', none: 'Nothing has run yet.', not_reached: 'Not reached: {{n}}. They are handled by the next run.',
  },
  setup: {
    title: 'Getting started', about: 'Three stages to a running sync between freee and kintone.', hint: 'Next step', go: 'Go on', all: 'All steps', done: 'done', not_done: 'not done',
    demo_title: 'This is a demo',
    demo_text: 'Instead of the real services it talks to imitations of freee and kintone. All inputs are filled in, so that pressing “Go on” leads you to your first sync.',
    sandbox: 'Open the imitation of {{name}}', finished: 'Everything is set up', finished_text: 'Frequency and direction can be changed at any time on the screens of scheduled execution.', stage_of: 'Stage {{n}}/{{of}}: {{name}}',
    stage: { connect: 'Authentication', masters: 'Master linkage', functions: 'Function linkage' },
    stage_about: {
      connect: 'Connect your freee and kintone accounts to Choai.', masters: 'For each kind of master, choose the kintone app it is kept in step with.', functions: 'Look at a preview, run a first sync, and set the schedule.',
    },
    step: {
      connection: 'Add the connection to {{name}}', authorised: 'Check the connection to {{name}}', account: 'Choose the company in {{name}}', me: 'Authorise {{name}} with your own account', master: 'Link “{{name}}” to a kintone app',
      function: 'Run “{{name}}” once, or enable its schedule',
    },
  },
  presets: { title: 'Presets', about: 'Ready-made setups: which services, which records, which fields.', use: 'Start with this', later: 'Not yet available' },
  auth: { oauth: 'OAuth (consent on the service’s own page)', api_token: 'API tokens', password: 'Login name and password', key: 'Key' },
  choice: {
    enterprise: 'Enterprise', advance: 'Advance', professional: 'Professional (legacy)', legacy_enterprise: 'Enterprise (legacy)', keiri: 'freee経理', expense_plus: 'freee支出管理 経費精算Plus', spend_full: 'freee支出管理 Full',
    invoice_advance: 'freee請求書 Advance', standard: 'Standard', starter: 'Starter', basic: 'Basic', minimum: 'Minimum', personal: 'Individual plan', wide: 'Wide course', refuse: 'Fail the record', keep: 'Send as it is', empty: 'Send empty',
    with: 'with 都府県', without: 'without 都府県',
  },
  capability: { partner_code: 'Partner codes', segment_1: 'Segment 1', segment_2: 'Segment 2', segment_3: 'Segment 3', scheduled_sync: 'Scheduled runs' },
  limit: { day: 'Calls a day', minute: 'Calls a minute', concurrency: 'Calls at once', of_app: '{{name}} (app {{app}})' },
  connections: {
    title: 'Connections', one: 'Connection', about: 'Authorised links to accounts of freee and kintone.', new: 'Add a connection', add: 'Add a connection', name: 'Name of the connection', name_help: 'Shown in lists and in error messages.',
    empty: 'There is no connection yet.', account: 'Account', people: 'People', people_count: '{{authorised}} of {{all}} authorised', people_about: 'Everyone who acts through this connection authorises with their own account.', you_not: 'You have not authorised',
    usage: 'API usage', resets: 'resets {{at}}', checked: 'Last checked', role: { crm: 'CRM', accounting: 'Accounting' }, auth: 'How to authenticate', redirect: 'Redirect URI (callback address)',
    redirect_help: 'Register this address in the settings of your app (client) at {{service}}.', docs: 'How to register an app at {{service}}', advanced: 'Optional settings', stored: 'Stored; type only to change it', app_id: 'App id', app_token: 'API token',
    app_id_n: 'App id no. {{n}}', app_token_n: 'API token no. {{n}}', app_add: 'Add an app', app_remove: 'Remove app no. {{n}}', demo: 'Values for the demo are filled in. You can go on without a change.', save_authorise: 'Save and go to {{service}}', save_test: 'Save and test',
    fault: { required: 'Please fill this in.', pattern: 'This does not have the right form.', url: 'An address starts with http:// or https://.', some: 'Please check what was entered.' },
    test: 'Test', tested: 'The connection was tested.', authorise: 'Authorise', authorise_again: 'Authorise again', new_oauth: 'Not authorised yet. “Authorise” takes you to the service’s own page.', new_token: 'Not tested yet. Press “Test”.',
    not_yet: 'Not known yet', service_user: 'User at the service', plan: 'Plan', capabilities: 'What can be used', expires: 'Authorisation ends', expires_help: 'If it is not used at all until then, you will have to authorise again.', used_by: 'Used by', created_by: 'Added by', settings: 'Change the settings of the connection',
    delete_title: 'Delete the connection “{{name}}”?', delete_text: 'The stored credentials are deleted. Nothing changes in freee or kintone.', delete_used: 'These syncs use it: {{names}}. They can no longer run once it is deleted. Pairs and history stay.',
    refused_title: 'The authorisation was not completed', refused_other: 'Something went wrong on the way ({{code}}). Please authorise again.',
    refused: {
      consent_refused: 'Consent was refused on the service’s page. Authorise again and choose to allow it.', wrong_company: 'Another company was chosen. Authorise again with the company of this connection.', consent_expired: 'Too much time went by. Please authorise again.',
      wrong_client_secret: 'The client id or the client secret is wrong. Check the settings of the connection.', not_signed_in: 'You were signed out of Choai meanwhile. Please authorise again.', unreachable: 'The service could not be reached. Please authorise again a little later.',
    },
    outbound: 'If the service restricts IP addresses', outbound_about: 'Where the service restricts IP addresses, allow these addresses that Choai calls from.', outbound_unknown: 'The addresses are not known. Ask your system administrator.',
    ip_all: 'Allow all: nothing to do.', ip_none: 'Deny all: no connection until the addresses above are allowed.', ip_part: 'Partly allowed: add the addresses above to the list.',
  },
  masters: {
    title: 'Masters', about: 'Which freee master is linked to which kintone app. Importing and uploading by hand is always possible.', both: 'Linked both ways', import_only: 'Imported from freee', not_linked: 'Not linked yet.', link: 'Link', relink: 'Change the link',
    import: 'Import', upload: 'Upload', preview_import: 'Preview the import', preview_upload: 'Preview the upload', mapping: 'Field mapping', more: 'More actions for {{name}}', pairs: '{{n}} pairs', enable: 'Switch the link on', disable: 'Switch the link off', enabled: 'The link is on.', disabled: 'The link is off.',
    disable_title: 'Switch off the link of “{{name}}”?', disable_text: 'Scheduled and manual runs stop. {{n}} pairs, the mapping and the history stay.', link_title: 'Link “{{name}}”', crm_connection: 'kintone connection', accounting_connection: 'Accounting connection', app: 'kintone app', app_choose: 'Choose an app',
    app_help: 'The app needs a field for the freee id that prohibits duplicate values.', need_connections: 'Add the connections to freee and kintone first.', link_note: 'The field mapping is made for you and can be changed later. Nothing is written to either service by this.',
    linked_with_problems: 'Linked. Please look at these points.',
  },
  schedules: {
    title: 'Scheduled execution', about: 'Partners, memo tags and segments are kept in step at night.', about_one: '{{kind}} are synced at night on the chosen days.', settings: 'Settings of scheduled execution', enabling: 'Enable scheduled execution', direction: 'Direction', frequency: 'Frequency', monthly: 'Once a month', weekly: 'Once a week', daily: 'Every day',
    day: 'Day', day_n: 'Day {{day}}', last_day: 'Last day', missing_day: 'Months without that day', missing_last: 'Run on the last day', missing_skip: 'Do not run', weekday: 'Weekday', monthly_on: 'Once a month (day {{day}})', monthly_last: 'Once a month (last day)', weekly_on: 'Once a week ({{day}})', window: 'Time window',
    window_help: 'The exact time is assigned for you.', next: 'Next run', next_after_save: 'Shown after saving.', no_next: 'None planned', upcoming: 'After that', saved: 'Saved. A run in progress is not affected.', no_right: 'You may not change these settings. Ask an administrator.', to_masters: 'Go to masters',
    run_as: 'Runs as', run_as_about: 'Automatic runs use this person’s authority (the initial configurer). Hand it over when they leave.', handed_over: 'Handed over.', mapping: 'Field mapping', history: 'History', resync: 'Resync all', resync_done: 'The next run takes all records.',
    resync_text: 'The next run takes all records, not only those changed since the last one. Records that are equal are not written.',
    of: { partner: 'Scheduled execution of partners', tag: 'Scheduled execution of memo tags', segment: 'Scheduled execution of segments' },
  },
  run: {
    one: 'Run', title: 'Run of {{name}}', title_preview: 'Preview of {{name}}', now: 'Sync now', preview: 'Preview', kind: 'Kind', sync: 'Sync', trigger: 'Started by', apply: 'Apply', discard: 'Discard', cancel: 'Cancel', pause: 'Pause', resume: 'Resume', retry_all: 'Retry all failed',
    cancel_title: 'Cancel this run?', cancel_text: 'The {{n}} records already handled stay as they are. The rest counts as not reached and is handled by the next run.', go_on: 'Let it run', progress: 'Progress', read: 'Read', planned: 'Worked out', done: 'Handled', records: '{{n}}', of: '{{done}} of {{total}}',
    spoken: '{{percent}} percent done.', facts: 'About this run', started: 'Started', ended: 'Ended', read_total: 'Records read', calls: 'API calls', number: 'Run number', stream_lost: 'Live progress was lost: this page now refreshes every few seconds. The run goes on.',
  },
  runs: { title: 'Runs', about: 'Scheduled and manual runs, newest first.', empty: 'Nothing has run yet.', since: 'From', until: 'To', one_batch: 'Only runs started together' },
  plan: {
    title: 'What this will change', nothing_written: 'Nothing has been written yet.', create: 'Create', update: 'Update', bind: 'Pair', unchanged: 'Unchanged', failed: 'Fail', skipped: 'Skip', cost: 'Expected API calls', calls: '{{name}}: {{n}}', no_calls: 'No writing calls.',
    apply: 'Apply this ({{n}} records)', held: 'This would change a large part of the records, so it was stopped to be safe. Look at it, then apply or discard it.',
  },
  items: {
    one: 'Record', title: 'Outcomes', planned: 'What is planned', name: 'Name', op: 'Action', side: 'Written to', changes: 'Fields', outcome: 'Outcome', records: 'Open record', ended: 'At', search: 'Search names and ids', all_outcomes: 'All outcomes', all_ops: 'All actions', retry_chosen: 'Retry {{n}} selected',
    not_yet: 'No outcome yet.', none: 'There was no record to handle.', before: 'Before', after: 'After', changed: 'Fields that change', no_changes: 'Nothing to write.', unchanged_fields: 'Unchanged fields ({{n}})',
  },
  syncs: {
    title: 'Field mapping', about: 'For each sync: which kintone field meets which freee field.', empty: 'Nothing is linked yet.', ends: 'Link', pairs: 'Pairs', last: 'Last run', selection: 'Takes', deletes: 'When deleted', duplicates: 'When the other side has the same already', duplicates_about: 'A record that is not paired yet, and one on the other side with the same name or code.',
    conflicts: 'When both sides changed', conflicts_about: 'The same field got different values on both sides since the last sync.',
  },
  selection: { changed: 'what changed since the last run', all: 'everything, every time' },
  delete_policy: { mark: 'the other side is only marked, never deleted' },
  duplicate_policy: { fail: 'Fail (nothing is overwritten)', bind: 'Pair them and overwrite', skip: 'Skip', clone: 'Create another one' },
  conflict_policy: { ask: 'Ask', newest: 'The newer one wins', left: 'kintone wins', right: 'freee wins' },
  mapping: {
    title: 'Fields of {{name}}', tab: 'Field mapping', settings: 'Sync settings', field: 'Field', left: 'kintone: {{name}}', right: 'freee: {{name}}', left_of: 'kintone field ({{name}})', right_of: 'freee field ({{name}})', direction: 'Direction', direction_of: 'Direction ({{name}})', converter: 'Converter', no_converter: 'None', status: 'State',
    search: 'Filter by field name', only_open: 'Only open points', count: '{{n}} rows · unmapped: kintone {{left}}, freee {{right}}', propose: 'Map automatically', proposals: 'Proposals: {{n}}. They are not saved until you accept them.', no_proposals: 'There was nothing new to propose.', proposal: 'Proposal {{score}}%', accept: 'Accept', dismiss: 'Dismiss', accept_all: 'Accept all', dismiss_all: 'Dismiss all',
    empty: 'Nothing is mapped yet. “Map automatically” makes proposals.', add: 'Add a row', new_row: 'New row', constant: '(constant)', unique: 'unique', max: 'max. {{n}}', options_of: 'Details of {{name}}', remove_of: 'Remove the row {{name}}', one_way: 'This converter works in one direction only.',
    default: 'Default', default_is: 'default {{value}}', default_help: 'Sent on create when the source field is empty.', constant_help: 'Always sent.', only_on_create: 'Only on create', only_on_create_help: 'Updates never write it.', write_back: 'Write back', write_back_help: 'Carries the id or address the record was given back into the source record.',
    when_empty: 'When the source field was emptied', when_keep: 'Send nothing (the other side keeps its value)', when_clear: 'Empty the other side too', nested: 'Fields of the line items', run_as_help: 'Reads and writes with this person’s authority.', from_n: 'kintone value no. {{n}}', to_n: 'freee value no. {{n}}', remove_n: 'Remove no. {{n}}',
  },
  match: {
    title: 'Match keys', about: 'Records that are not paired yet are looked for by these fields, in this order. If several are found, nothing is guessed: the record fails.', add: 'Add a match key', exact: 'Exactly equal', text: 'Ignoring width and case', name: 'As a company name (株式会社, ㈱ ignored)', left_n: 'kintone field no. {{n}}', right_n: 'freee field no. {{n}}', how_n: 'How no. {{n}} is compared', remove_n: 'Remove match key no. {{n}}',
  },
  why: { role: 'same role', name: 'same name', label: 'same label', similar: 'similar label' },
  value_kind: {
    text: 'text', long_text: 'text, several lines', html: 'rich text', email: 'e-mail', phone: 'phone', url: 'URL', identifier: 'id', boolean: 'yes/no', integer: 'integer', decimal: 'number', money: 'money', date: 'date', time: 'time', datetime: 'date and time', choice: 'choice', choices: 'choices', reference: 'reference', references: 'references', rows: 'line items', files: 'files',
  },
  partners: {
    title: 'Partners and pairs', one: 'Pair', about: 'Which kintone record belongs to which freee record, one to one.', search: 'Search names and ids', empty: 'There are no pairs yet. Running a sync makes them.', origin: 'Origin', synced: 'Last synced', base: 'The values both sides agreed on at the last sync.', unlink: 'Unpair', unlinked: 'Unpaired.',
    unlink_title: 'Unpair “{{name}}”?', unlink_text: 'Neither record is deleted. The next sync looks for a partner by the match keys again.',
    state_help: {
      missing_left: 'The kintone record cannot be found. Nothing was deleted in freee.', missing_right: 'The freee record cannot be found. Nothing was deleted in kintone.', id_changed: 'A record of the same name was made anew under another id. Unpair it, and the next sync pairs it with the new one.',
    },
  },
  dashboard: { title: 'Dashboard', start: 'Nothing is connected yet. Three stages lead to your first sync.', start_button: 'Get started', attention: 'Needs attention', items: '{{n}}', open: 'Open', recent: 'Recent runs', all_runs: 'All runs', next: 'Next runs', no_next: 'None planned.' },
  users: {
    title: 'Users and roles', tab: 'Users', about: 'Who uses this workspace, and what they may do.', add: 'Add a user', added: 'The user was added.', role: 'Role', role_of: 'Role of {{name}}', roles: 'The roles', runs: 'Runs as', runs_n: '{{n}} syncs', since: 'Since', inactive: 'inactive', removed: 'The user was removed.',
    remove_title: 'Remove {{name}} from the workspace?', remove_text: 'They can no longer sign in. The history stays.', remove_runs: '{{n}} syncs run as this person. After removing them, nothing runs by itself until it is handed over.', first_password: 'First password', first_password_help: 'At least 10 characters. Leave it empty for someone who already uses another workspace here.',
  },
  role: { viewer: 'Viewer', operator: 'Operator', configurer: 'Configurer', connection_owner: 'Connection owner', administrator: 'Administrator' },
  role_about: {
    viewer: 'Sees every screen.', operator: 'Also runs, previews and retries syncs.', configurer: 'Also sets up masters, mappings and schedules.', connection_owner: 'Also looks after connections and their credentials.', administrator: 'Also looks after users, the audit trail and the workspace.',
  },
  tokens: {
    title: 'API tokens', about: 'For scripts that use the API with the same rights.', docs: 'About the API', name: 'Purpose', owner: 'Owner', used: 'Last used', expires: 'Expires', never: 'never', create: 'Create a token', once: 'This token is shown only now. Keep it in a safe place.', empty: 'There are no tokens.', removed: 'The token was deleted.', remove_title: 'Delete the token “{{name}}”?', remove_text: 'Whatever uses it stops working at once.',
  },
  audit: { title: 'Audit trail', about: 'Changed settings and pressed buttons, newest first.', at: 'At', user: 'Who', action: 'What', subject: 'On', change: 'Change', search: 'Search what it was done to', system: 'System', run: 'Run {{id}}', empty: 'Nothing has been recorded yet.' },
  audit_action: {
    binding_tie: 'Paired', binding_unlink: 'Unpaired', connection_account: 'Account chosen', connection_authorise: 'Authorisation begun', connection_authorised: 'Authorised', connection_change: 'Connection changed', connection_create: 'Connection added', connection_delete: 'Connection deleted', mapping_save: 'Mapping saved', master_disable: 'Master switched off', master_enable: 'Master switched on', master_link: 'Master linked',
    run_apply: 'Preview applied', run_cancel: 'Run cancelled', run_discard: 'Preview discarded', run_pause: 'Run paused', run_resume: 'Run resumed', run_retry: 'Retried', run_start: 'Run started', schedule_resync: 'Resync of all asked for', schedule_run: 'Schedule started by hand', schedule_run_as: 'Run-as handed over', schedule_save: 'Schedule saved', session_sign_in: 'Signed in', sync_change: 'Sync settings changed',
    token_create: 'API token created', token_revoke: 'API token deleted', user_add: 'User added', user_name: 'Name changed', user_password: 'Password changed', user_remove: 'User removed', user_role: 'Role changed', workspace_change: 'Workspace settings changed', workspace_create: 'Workspace created', workspace_first_start: 'First administrator created',
  },
  system: {
    title: 'System', about: 'Connections, the queue of runs, and the processes that work it off.', workers: 'Workers', no_worker: 'No worker is alive: neither scheduled nor manual runs will start. Tell your system administrator.', beat: 'heard {{age}} ago', queue: 'Queue', depth: 'Runs waiting', oldest: 'Longest wait', tick: 'Schedules last looked at', more_quotas: '{{n}} more', no_quota: 'No usage recorded yet.', program: 'Program', version: 'Version', database: 'Database',
  },
  workspace: {
    title: 'Workspace settings', about: 'They apply to everyone in this workspace.', name: 'Name', zone: 'Time zone', zone_help: 'For the times shown and for schedules.', language: 'Default language', language_help: 'For new users; everyone may change their own.', window: 'Night window', window_help: 'Scheduled runs start within it.', window_from: 'Start of the window', window_to: 'End of the window',
    retention: 'Days of history', retention_help: 'At least 90. Older runs are deleted by themselves.', quota: 'Share of a day’s API calls that automatic runs may use', quota_help: 'A run that would go beyond stops; the rest counts as not reached.', open: 'Everyone may change scheduled execution', open_help: 'Otherwise only configurers and above.',
  },
  me: { password: 'Change the password', current: 'Current password', new: 'New password', change: 'Change password', password_changed: 'The password was changed.', password_about: 'Other devices are signed out.' },
}
