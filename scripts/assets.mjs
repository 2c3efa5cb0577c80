/** Puts beside the compiled program what it reads at run time: the contract, and the API reference with swagger-ui. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");
const docs = join(root, "dist/docs");
mkdirSync(docs, { recursive: true });
mkdirSync(join(root, "dist/generated"), { recursive: true });

copyFileSync(join(root, "src/generated/openapi.json"), join(root, "dist/generated/openapi.json"));
for (const file of readdirSync(join(root, "src/docs"))) copyFileSync(join(root, "src/docs", file), join(docs, file));

const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) copyFileSync(join(swagger, file), join(docs, file));
copyFileSync(join(swagger, "LICENSE"), join(docs, "swagger-ui.LICENSE.txt"));

chmodSync(join(root, "dist/cli.js"), 0o755);
