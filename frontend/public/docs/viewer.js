/** Shows the API's own document; nothing is fetched from elsewhere. */
window.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#viewer',
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'none',
})
