import { defineConfig } from '@hey-api/openapi-ts'

// Without `baseUrl: false` the generator takes the input's path for the server's address.
export default defineConfig({
  input: 'openapi.json',
  output: 'src/client',
  plugins: ['@hey-api/typescript', '@hey-api/sdk', { name: '@hey-api/client-fetch', baseUrl: false }],
})
