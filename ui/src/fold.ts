/** Folds width, kana and case, so that ﾄﾘﾋｷｻｷ, とりひきさき and トリヒキサキ find each other. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u30a1-\u30f6]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60))
    .replace(/[\u2010-\u2015\u2212\u30fc]/g, '-')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Whether every word of the query occurs in one of the texts. */
export function matches(query: string, ...texts: (string | null | undefined)[]): boolean {
  const words = fold(query).split(' ').filter(Boolean)
  if (!words.length) return true
  const hay = texts.map((t) => fold(t ?? '')).join('\n')
  return words.every((w) => hay.includes(w))
}
