import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { listPeople } from '../../client/sdk.gen'
import { ActionButton } from '../../parts/ActionButton'
import { Answered } from '../../parts/Page'
import { StatusChip } from '../../parts/StatusChip'
import { useAuthorise } from './Connection'

/** Everyone who acts through this connection authorises in person; here one sees who has not. */
export function PeoplePanel({ id }: { id: number }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['connections', id, 'people'], queryFn: () => ask(listPeople({ path: { connection_id: id } })) })
  const authorise = useAuthorise(id)
  return (
    <section className="panel pad" aria-labelledby="people">
      <h2 id="people" style={{ fontSize: 15 }}>
        {t('connections.people')}
      </h2>
      <p className="sub" style={{ margin: '2px 0 8px' }}>
        {t('connections.people_about')}
      </p>
      <Answered query={query} lines={3}>
        {({ rows }) => (
          <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('list.table', { label: t('connections.people') })}>
            <table className="dt">
              <thead>
                <tr>
                  <th scope="col">{t('field.name')}</th>
                  <th scope="col">{t('common.state')}</th>
                  <th scope="col">{t('connections.service_user')}</th>
                  <th scope="col">
                    <span className="sr">{t('common.actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((p) => (
                  <tr key={p.user.id}>
                    <td>
                      {p.user.name} {p.is_me && <span className="tag">{t('common.you')}</span>}
                    </td>
                    <td>
                      <StatusChip of="person" state={p.state} />
                    </td>
                    <td>{p.service_user || '–'}</td>
                    <td className="num">
                      {p.is_me && p.state !== 'ok' && (
                        <ActionButton busy={authorise.isPending} onClick={() => authorise.mutate()}>
                          {t(p.state === 'reauthorise' ? 'connections.authorise_again' : 'connections.authorise')}
                        </ActionButton>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Answered>
    </section>
  )
}
