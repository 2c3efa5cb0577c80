/** What a configuration file says of an upstream on Vertex AI. */
import { parseObject } from "../../json/parseObject.js";
import { usualLocation } from "../providerUrls.js";
import type { VertexSettings } from "../routes.js";
import type { Schemas } from "./configSchema.js";
import type { Path } from "./locatedYaml.js";
import type { Reader } from "./reader.js";

type GivenUpstream = Partial<Schemas["UpstreamConfig"]>;

export function vertexOf(given: GivenUpstream, upstream: Path, reader: Reader): VertexSettings {
	const { project, location, credentials, tokenCommand } = given.vertex ?? {};
	const path = [...upstream, "vertex"];
	if (given.provider !== "vertex" && !reader.isWrong([...upstream, "provider"]))
		reader.report(path, "needs `provider: vertex`");
	const named = { key: given.key, "vertex.credentials": credentials, "vertex.tokenCommand": tokenCommand };
	const [first, second] = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [name]));
	if (second !== undefined) reader.report(path, `\`${first}\` and \`${second}\` stand for the same: leave one out`);
	const file = typeof credentials === "object" ? credentials.file : undefined;
	const text = reader.secret(credentials, [...path, "credentials"]);
	if (text !== undefined) reader.attempt([...path, "credentials"], () => checkCredentials(text));
	return {
		project,
		location,
		...(file === undefined ? { credentials: text } : { credentialsFile: reader.fileOf(file) }),
		...(tokenCommand === undefined ? {} : { tokenCommand }),
	};
}

/** The file is read again for each token, but is to be right at the beginning. @throws Error */
function checkCredentials(text: string): void {
	if (typeof parseObject(text)?.type !== "string")
		throw new Error("must hold the JSON of Google's credentials, an object with a `type`");
}

/** The URL of a project's location, below which its models are. An API key needs no project. */
export function vertexPlace(url: string, { vertex, key }: GivenUpstream, path: Path, reader: Reader): string {
	if (/\/projects\//.test(url)) return url;
	const { project, location = usualLocation } = vertex ?? {};
	if (project !== undefined) return `${url}/projects/${project}/locations/${location}`;
	const isWrong = [["vertex", "project"], ["key"]].some((place) => reader.isWrong([...path, ...place]));
	if (key === undefined && !isWrong) reader.report([...path, "vertex"], "needs a `project`", vertex === undefined);
	return url;
}
