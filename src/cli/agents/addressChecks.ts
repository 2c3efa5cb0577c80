/** Whether the address that an agent asks can be right, and be reached from here. */
import { compileEntries } from "../../settings/noProxy.js";
import { rootOf } from "./access.js";
import type { Agent, Finding, Found } from "./agent.js";
import { ok, problem } from "./checks.js";

export function addressFindings(
	agent: Agent,
	{ baseUrl = "", from }: Found,
	environment: NodeJS.ProcessEnv,
): Finding[] {
	const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol))
		return [problem("address", `${from} is no http or https URL (${JSON.stringify(baseUrl)})`)];
	return [pathFinding(agent, url, from) ?? ok("address", `${baseUrl} (${from})`), ...proxyFindings(url, environment)];
}

function pathFinding({ title, isVersioned }: Agent, url: URL, from: string): Finding | undefined {
	const path = url.pathname.replace(/\/+$/, "");
	const [, before = "", operation] = /^(.*?)\/(?:v1\/)?(chat\/completions|responses|messages)$/.exec(path) ?? [];
	if (operation !== undefined)
		return problem(
			"address",
			`${from} must not end with /${operation}, which ${title} adds: ${rightUrl(url, before, isVersioned)}`,
		);
	if (/(^|\/)(v1|v1beta)$/.test(path) === isVersioned) return undefined;
	const root = path.replace(/\/v1(beta)?$/, "");
	const reason = isVersioned
		? `must end with /v1, since ${title} adds none`
		: `must not end with ${path.slice(root.length)}, which ${title} adds`;
	return problem("address", `${from} ${reason}: ${rightUrl(url, root, isVersioned)}`);
}

function rightUrl(url: URL, path: string, isVersioned: boolean): string {
	return `${url.origin}${path}${isVersioned ? "/v1" : ""}`;
}

/** Where its requests go in truth, whatever its base URL lacks. */
export function reachableRoot(baseUrl: string): string {
	return rootOf(
		baseUrl
			.replace(/\/+$/, "")
			.replace(/\/(chat\/completions|responses|messages)$/, "")
			.replace(/\/v1beta$/, ""),
	);
}

/** Most agents send requests to this machine through a proxy too, unless `NO_PROXY` names it. */
function proxyFindings(url: URL, environment: NodeJS.ProcessEnv): Finding[] {
	const names = url.protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
	const name = [...names, "all_proxy", "ALL_PROXY"].find((one) => environment[one]);
	if (name === undefined || compileEntries(environment.no_proxy || environment.NO_PROXY || "")(url)) return [];
	return [
		problem(
			"proxy",
			`${name} is set, so requests to ${url.hostname} go through that proxy: add ${url.hostname} to NO_PROXY`,
		),
	];
}
