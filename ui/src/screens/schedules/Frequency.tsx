import { Radio, Select, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { DAYS, WEEKDAYS, mayMiss, type When } from './form'

/** How often, and on which day (FK-33 … FK-38). */
export function Frequency({ when, set, locked }: { when: When; set: (change: Partial<When>) => void; locked: boolean }) {
  const { t } = useTranslation()
  return (
    <Stack gap="sm">
      <Radio.Group label={t('schedules.frequency')} value={when.frequency} onChange={(v) => set({ frequency: v as When['frequency'] })}>
        <div className="row" style={{ gap: 20, marginTop: 4 }}>
          <Radio value="monthly" label={t('schedules.monthly')} disabled={locked} />
          <Radio value="weekly" label={t('schedules.weekly')} disabled={locked} />
          <Radio value="daily" label={t('schedules.daily')} disabled={locked} />
        </div>
      </Radio.Group>
      {when.frequency === 'monthly' && (
        <div className="row" style={{ alignItems: 'flex-start', gap: 20 }}>
          <Select
            label={t('schedules.day')}
            w={140}
            disabled={locked}
            allowDeselect={false}
            data={DAYS.map((d) => ({ value: d, label: d === 'last' ? t('schedules.last_day') : t('schedules.day_n', { day: d }) }))}
            value={when.day}
            onChange={(day) => day && set({ day })}
          />
          {mayMiss(when.day) && (
            <Radio.Group label={t('schedules.missing_day')} value={when.missing_day} onChange={(v) => set({ missing_day: v as When['missing_day'] })}>
              <div className="row" style={{ gap: 20, marginTop: 4 }}>
                <Radio value="last" label={t('schedules.missing_last')} disabled={locked} />
                <Radio value="skip" label={t('schedules.missing_skip')} disabled={locked} />
              </div>
            </Radio.Group>
          )}
        </div>
      )}
      {when.frequency === 'weekly' && (
        <Select
          label={t('schedules.weekday')}
          w={140}
          disabled={locked}
          allowDeselect={false}
          data={WEEKDAYS.map((d) => ({ value: d, label: t(`weekday.${d as '0'}`) }))}
          value={when.weekday}
          onChange={(weekday) => weekday && set({ weekday })}
        />
      )}
    </Stack>
  )
}
