import { Badge, Button, Checkbox, createTheme, Input, Menu, Modal, Select, Table, Tooltip } from '@mantine/core'

const stack = '"Noto Sans JP","Noto Sans CJK JP","Hiragino Sans","BIZ UDPGothic","Yu Gothic UI",Meiryo,system-ui,sans-serif'

// Shade 7 is the primary colour (5.8:1 on white), 8 its hover. Greys end in inks that stay readable at 12 px.
export const theme = createTheme({
  fontFamily: stack,
  fontFamilyMonospace: '"Noto Sans Mono CJK JP","BIZ UDGothic",ui-monospace,Menlo,Consolas,monospace',
  primaryColor: 'ledger',
  primaryShade: 7,
  colors: {
    ledger: ['#eef6f8', '#d3e8ee', '#a9d1dc', '#7bb8c9', '#52a2b7', '#2f8ca9', '#1a7c98', '#0b6e8a', '#085f78', '#0b3d4d'],
    gray: ['#f4f7f8', '#eef2f4', '#dde4e8', '#c8d2d8', '#a9b6be', '#84949f', '#65747f', '#4d606e', '#2f404c', '#16232d'],
    red: ['#fdecec', '#f9d5d5', '#f0abab', '#e37f7f', '#d65a5a', '#c73c3c', '#b32a2a', '#9d1c1c', '#851515', '#5e0d0d'],
  },
  black: '#16232d',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '1.4', sm: '1.6', md: '1.6', lg: '1.5', xl: '1.4' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '2px', sm: '4px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'sm',
  headings: {
    fontWeight: '700',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '1.4' },
      h2: { fontSize: '15px', lineHeight: '1.5' },
      h3: { fontSize: '13px', lineHeight: '1.6' },
    },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({
      vars: () => ({
        root: { '--button-height': 'var(--control)', '--button-fz': '13px', '--button-padding-x': '12px' },
      }),
    }),
    Input: Input.extend({
      vars: () => ({ wrapper: { '--input-height': 'var(--control)', '--input-fz': '13px' } }),
    }),
    // The listbox itself scrolls: a scroll area around it would be a region the keyboard cannot reach.
    Select: Select.extend({
      defaultProps: { comboboxProps: { shadow: 'md' }, withScrollArea: false },
      styles: { options: { maxHeight: 320, overflowY: 'auto' } },
    }),
    // The placeholder for the first focus is a child that a menu may not have.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'xs' } }),
    Badge: Badge.extend({ defaultProps: { tt: 'none' } }),
    Modal: Modal.extend({ defaultProps: { centered: true, radius: 'md' } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 6, horizontalSpacing: 12 } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, multiline: true, maw: 320 } }),
  },
})
