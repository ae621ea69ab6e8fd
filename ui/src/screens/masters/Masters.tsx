import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { ask } from '../../api/http'
import { listMasters } from '../../client/sdk.gen'
import { Answered, Page } from '../../parts/Page'
import { LinkDialog } from './LinkDialog'
import { MasterCard } from './MasterCard'

export const mastersQuery = { queryKey: ['masters'], queryFn: () => ask(listMasters()) }

export default function Masters() {
  const { t } = useTranslation()
  const query = useQuery({ ...mastersQuery, refetchInterval: 15_000 })
  const [search, setSearch] = useSearchParams()
  const close = () => setSearch({}, { replace: true })
  const chosen = query.data?.rows.find((m) => m.kind === search.get('kind'))
  const linking = chosen && (chosen.state === 'unlinked' || search.has('change')) ? chosen : undefined
  return (
    <Page title={t('masters.title')} about={t('masters.about')}>
      <Answered query={query} lines={10}>
        {({ rows }) => (
          <>
            <Group title={t('masters.both')} rows={rows.filter((m) => m.schedulable)} onLink={(kind) => setSearch({ kind, change: '1' })} />
            <Group title={t('masters.import_only')} rows={rows.filter((m) => !m.schedulable)} onLink={(kind) => setSearch({ kind, change: '1' })} />
          </>
        )}
      </Answered>
      {linking && <LinkDialog master={linking} onClose={close} />}
    </Page>
  )
}

function Group({ title, rows, onLink }: { title: string; rows: Parameters<typeof MasterCard>[0]['master'][]; onLink: (kind: string) => void }) {
  if (!rows.length) return null
  return (
    <section style={{ marginBottom: 16 }}>
      <h2 style={{ fontSize: 15, marginBottom: 6 }}>{title}</h2>
      <div className="panel">
        {rows.map((m, i) => (
          <MasterCard key={m.kind} master={m} first={i === 0} onLink={() => onLink(m.kind)} />
        ))}
      </div>
    </section>
  )
}
