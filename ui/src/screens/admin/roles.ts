export const ROLES = ['viewer', 'operator', 'configurer', 'connection_owner', 'administrator'] as const
export type Role = (typeof ROLES)[number]
