import { expect, test } from 'vitest'
import { fold, matches } from '../src/fold'

test.each([
  ['ﾄﾘﾋｷｻｷ', 'とりひきさき'],
  ['トリヒキサキ', 'とりひきさき'],
  ['ＡＰＩ　ｋｅｙ', 'api key'],
  ['㈱青葉', '(株)青葉'],
  ['サーバー', 'さ-ば-'],
])('%s folds to %s', (text, folded) => {
  expect(fold(text)).toBe(folded)
})

test('a search finds any width, kana and case, and the API name', () => {
  expect(matches('ﾄﾘﾋｷ', 'トリヒキサキ名')).toBe(true)
  expect(matches('torihiki', '取引先名', 'Torihiki_name')).toBe(true)
  expect(matches('住所 番地', '住所（市区町村番地）')).toBe(true)
  expect(matches('電話', '住所')).toBe(false)
  expect(matches('  ', '何でも')).toBe(true)
})
