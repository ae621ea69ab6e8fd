import { Select, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { ask } from '../../api/http'
import { deleteUser, listUsers, patchUser } from '../../client/sdk.gen'
import type { MemberRow } from '../../client/types.gen'
import { day } from '../../format'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { useConfirm } from '../../parts/Confirm'
import { Answered, Page } from '../../parts/Page'
import { NewUser } from './NewUser'
import { ROLES, type Role } from './roles'
import { Tokens } from './Tokens'

export default function Users() {
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const [adding, setAdding] = useState(false)
  const tab = search.get('tab') === 'tokens' ? 'tokens' : 'users'
  return (
    <Page
      title={t('users.title')}
      about={t('users.about')}
      actions={
        tab === 'users' && (
          <ActionButton leftSection={<Plus size={14} aria-hidden />} onClick={() => setAdding(true)}>
            {t('users.add')}
          </ActionButton>
        )
      }
    >
      <Tabs value={tab} onChange={(v) => setSearch(v === 'tokens' ? { tab: 'tokens' } : {}, { replace: true })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="users">{t('users.tab')}</Tabs.Tab>
          <Tabs.Tab value="tokens">{t('tokens.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <Members />
          <Roles />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <Tokens />
        </Tabs.Panel>
      </Tabs>
      {adding && <NewUser onClose={() => setAdding(false)} />}
    </Page>
  )
}

function Members() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['users'], queryFn: () => ask(listUsers()) })
  return (
    <Answered query={query} lines={5}>
      {({ rows }) => (
        <div className="panel">
          <div className="scroll" role="region" tabIndex={0} aria-label={t('users.tab')}>
            <table className="dt">
              <thead>
                <tr>
                  <th scope="col">{t('field.name')}</th>
                  <th scope="col">{t('users.role')}</th>
                  <th scope="col">{t('users.runs')}</th>
                  <th scope="col">{t('users.since')}</th>
                  <th scope="col">
                    <span className="sr">{t('common.actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((m) => (
                  <Member key={m.id} member={m} />
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Answered>
  )
}

function Member({ member: m }: { member: MemberRow }) {
  const { t } = useTranslation()
  const confirm = useConfirm()
  const path = { user_id: m.id }
  const change = useAct((role: Role) => ask(patchUser({ path, body: { role } })), { stale: [['users'], ['session']], said: t('common.saved') })
  const remove = useAct(() => ask(deleteUser({ path })), { stale: [['users']], said: t('users.removed') })
  const ask1 = async () => {
    const text = m.runs ? t('users.remove_runs', { n: m.runs }) : t('users.remove_text')
    if (await confirm({ title: t('users.remove_title', { name: m.name || m.email }), text, yes: t('common.remove'), danger: true })) remove.mutate()
  }
  return (
    <tr>
      <td className="name">
        {m.name || m.email} {m.is_me && <span className="tag">{t('common.you')}</span>} {!m.is_active && <span className="tag">{t('users.inactive')}</span>}
        <div className="small sub">{m.email}</div>
      </td>
      <td>
        <Select
          aria-label={t('users.role_of', { name: m.name || m.email })}
          w={180}
          data={ROLES.map((r) => ({ value: r, label: word(t, 'role', r) }))}
          value={m.role}
          onChange={(r) => r && r !== m.role && change.mutate(r as Role)}
          allowDeselect={false}
          disabled={m.is_me || change.isPending}
        />
      </td>
      <td>{m.runs ? t('users.runs_n', { n: m.runs }) : '–'}</td>
      <td className="tnum">{day(m.created_at)}</td>
      <td className="num">
        {!m.is_me && (
          <ActionButton variant="subtle" busy={remove.isPending} onClick={() => void ask1()} aria-label={`${t('common.remove')}: ${m.name || m.email}`}>
            {t('common.remove')}
          </ActionButton>
        )}
      </td>
    </tr>
  )
}

function Roles() {
  const { t } = useTranslation()
  return (
    <section className="panel pad" style={{ marginTop: 12 }} aria-labelledby="roles">
      <h2 id="roles" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('users.roles')}
      </h2>
      <dl className="facts">
        {ROLES.map((r) => (
          <RoleLine key={r} role={r} />
        ))}
      </dl>
    </section>
  )
}

function RoleLine({ role }: { role: Role }) {
  const { t } = useTranslation()
  return (
    <>
      <dt>{t(`role.${role}`)}</dt>
      <dd>{t(`role_about.${role}`)}</dd>
    </>
  )
}
