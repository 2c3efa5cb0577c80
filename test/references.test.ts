import { expect, test } from "vitest";
import { gatewayFor, temporaryFile } from "./kit/gateway.js";

test("an overlay that takes away what is referred to elsewhere is told where", async () => {
	const overlay = temporaryFile(
		"less.yaml",
		`overlay: 1.0.0
info: { title: Less, version: "1" }
actions:
  - target: $.components.schemas.StoredStatus
    remove: true
`,
	);
	await expect(gatewayFor({ url: "http://127.0.0.1:1" }, { overlay: [overlay] })).rejects.toThrow(
		/less\.yaml: #\/paths\/\S+\/schema: \$ref .*\/StoredStatus leads nowhere/,
	);
});
