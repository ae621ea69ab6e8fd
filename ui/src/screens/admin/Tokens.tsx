import { Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { createToken, deleteToken, listTokens } from '../../client/sdk.gen'
import { day, minute } from '../../format'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { useConfirm } from '../../parts/Confirm'
import { Answered } from '../../parts/Page'
import { Copyable } from '../connections/Copyable'
import { ROLES, type Role } from './roles'

/** API tokens: the same rights as their role has on the screens; shown once. */
export function Tokens() {
  const { t } = useTranslation()
  const confirm = useConfirm()
  const query = useQuery({ queryKey: ['tokens'], queryFn: () => ask(listTokens()) })
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const create = useAct(() => ask(createToken({ body: { name, role } })), { stale: [['tokens']], done: () => setName('') })
  const remove = useAct((id: number) => ask(deleteToken({ path: { token_id: id } })), { stale: [['tokens']], said: t('tokens.removed') })
  const drop = async (id: number, label: string) => {
    if (await confirm({ title: t('tokens.remove_title', { name: label }), text: t('tokens.remove_text'), yes: t('common.delete'), danger: true })) remove.mutate(id)
  }
  return (
    <div className="stack">
      <p className="sub" style={{ margin: 0 }}>
        {t('tokens.about')} <a href="/api/openapi.json">{t('tokens.docs')}</a>
      </p>
      <form
        className="row"
        style={{ alignItems: 'flex-end' }}
        onSubmit={(e) => {
          e.preventDefault()
          create.mutate()
        }}
      >
        <TextInput label={t('tokens.name')} required value={name} onChange={(e) => setName(e.currentTarget.value)} w={240} />
        <Select label={t('users.role')} data={ROLES.map((r) => ({ value: r, label: word(t, 'role', r) }))} value={role} onChange={(r) => r && setRole(r as Role)} allowDeselect={false} w={180} />
        <ActionButton type="submit" busy={create.isPending}>
          {t('tokens.create')}
        </ActionButton>
      </form>
      {create.data && (
        <div className="note ok" role="status">
          <strong>{t('tokens.once')}</strong>
          <Copyable text={create.data.token} />
        </div>
      )}
      <Answered query={query} lines={3}>
        {({ rows }) =>
          rows.length ? (
            <div className="panel" style={{ overflowX: 'auto' }} role="region" tabIndex={0} aria-label={t('tokens.title')}>
              <table className="dt">
                <thead>
                  <tr>
                    <th scope="col">{t('tokens.name')}</th>
                    <th scope="col">{t('users.role')}</th>
                    <th scope="col">{t('tokens.owner')}</th>
                    <th scope="col">{t('tokens.used')}</th>
                    <th scope="col">{t('tokens.expires')}</th>
                    <th scope="col">
                      <span className="sr">{t('common.actions')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((k) => (
                    <tr key={k.id}>
                      <td className="name">{k.name}</td>
                      <td>{word(t, 'role', k.role)}</td>
                      <td>{k.user}</td>
                      <td className="tnum">{minute(k.used_at)}</td>
                      <td className="tnum">{k.expires_at ? day(k.expires_at) : t('tokens.never')}</td>
                      <td className="num">
                        <ActionButton variant="subtle" onClick={() => void drop(k.id, k.name)} aria-label={`${t('common.delete')}: ${k.name}`}>
                          {t('common.delete')}
                        </ActionButton>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : (
            <div className="panel empty">{t('tokens.empty')}</div>
          )
        }
      </Answered>
    </div>
  )
}
