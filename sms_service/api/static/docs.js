// The bundle draws the document; tokens that are typed in stay in this page's memory.

const place = document.getElementById("api");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: false,
  persistAuthorization: false,
  validatorUrl: null,
});
