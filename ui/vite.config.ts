/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react'
import { defineConfig, loadEnv } from 'vite'

// The API answers under /api; a development server passes those calls on to a running `choai serve`.
const api = loadEnv('', '.', 'CHOAI_').CHOAI_API ?? 'http://127.0.0.1:8420'

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../src/choai/web/static/ui',
    emptyOutDir: true,
    target: 'es2023',
    manifest: true,
    license: { fileName: 'licenses.md' },
  },
  server: { host: '127.0.0.1', proxy: { '/api': api } },
  test: {
    environment: 'jsdom',
    setupFiles: ['tests/setup.ts'],
    include: ['tests/**/*.test.{ts,tsx}'],
    css: false,
    isolate: false, // one jsdom for all files: they keep no state of their own
  },
})
