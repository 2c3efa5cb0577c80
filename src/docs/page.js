// Shows the contract in force, as served by this gateway.
window.SwaggerUIBundle({
	url: "openapi.json",
	dom_id: "#reference",
	deepLinking: true,
	displayRequestDuration: true,
	validatorUrl: null,
	requestInterceptor(request) {
		// Try-it-out goes to the gateway that served this page, whatever name it was reached by.
		const asked = new URL(request.url, location.href);
		request.url = location.origin + asked.pathname + asked.search;
		return request;
	},
});
