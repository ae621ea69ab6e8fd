import { expect, test } from 'vitest'
import { en } from '../src/i18n/en'
import { ja } from '../src/i18n/ja'

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([k, v]): [string, string][] => (typeof v === 'string' ? [[path + k, v]] : flat(v, `${path}${k}.`)))
}

// {{Crm}} begins an English sentence with what {{crm}} names.
const placeholders = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]!.toLowerCase()).sort()

test('both catalogues have the same keys and placeholders, and no empty text', () => {
  const english = new Map(flat(en as Tree))
  const japanese = flat(ja as Tree)
  expect([...english.keys()].sort()).toEqual(japanese.map(([k]) => k).sort())
  for (const [key, text] of japanese) {
    expect(text.trim(), key).not.toBe('')
    expect(english.get(key)?.trim(), key).not.toBe('')
    expect(placeholders(english.get(key)!), key).toEqual(placeholders(text))
  }
})

test('no Japanese in the English catalogue outside names that have no other form', () => {
  const names = /freee経理|freee支出管理 経費精算Plus|freee支出管理 Full|freee請求書|株式会社|㈱|都府県/g
  const left = flat(en as Tree).filter(([, text]) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(text.replace(names, '')))
  expect(left).toEqual([])
})
