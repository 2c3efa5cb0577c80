/** Paths that routes let pass to a host as they are: operations that no document describes, made of the settings. */
import { GatewayError } from "../errors/gatewayError.js";
import { NameScope } from "../json/memberNames.js";
import type { Route } from "../settings/routes.js";
import type { Contract } from "./contract.js";
import { type Operation, sharedLimitsScope, sharedScope } from "./operation.js";

/** The id of all of them, which is what logs, metrics and usage records call them. */
export const passthroughId = "passthrough";

/** Of others no host needs more than its own clients' software: `TRACE` and `CONNECT` are attacks, `OPTIONS` is answered here. */
export const passthroughMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

/** The member by which a route is chosen, and models are refused: it must not come twice. */
const bodyNames = new NameScope({ model: {} });

/** Finds the operation of a path that the contract has none for. */
export class PassthroughTable {
	/** The longest prefix first. */
	readonly #operations: readonly Operation[];

	constructor(contract: Contract, routes: readonly Route[]) {
		const prefixes = new Set(routes.flatMap(({ passthrough = [] }) => passthrough));
		this.#operations = [...prefixes]
			.sort((one, other) => other.length - one.length)
			.map((prefix) =>
				operationOf(
					contract,
					prefix,
					routes.filter(({ passthrough = [] }) => passthrough.includes(prefix)),
				),
			);
	}

	/**
	 * @param path percent-encoded, as it came but for slashes that say nothing
	 * @throws GatewayError 400 for a path that a host might read as another one
	 */
	find(path: string): Operation | undefined {
		const found = this.#operations.find(({ path: prefix }) => path === prefix || path.startsWith(`${prefix}/`));
		if (found !== undefined && mayMeanAnother(path))
			throw new GatewayError(400, "The path has dot segments, or escapes that servers read in several ways.", {
				code: "invalid_path",
			});
		return found;
	}
}

/**
 * Dot segments, also with parameters (`..;x`), and escaped slashes, backslashes, dots, percent signs and control characters, and
 * what is no UTF-8, such as `%c0%af`: servers, and proxies before them, disagree about what these name (RFC 3986 §5.2.4, §6.2.2).
 */
function mayMeanAnother(path: string): boolean {
	if (/%(?![0-9a-f]{2})|%(?:2f|5c|2e|25|[01][0-9a-f]|7f)/i.test(path)) return true;
	if (!isUtf8(path)) return true;
	return path.split("/").some((segment) => /^\.\.?(?:;|$)/.test(segment));
}

function isUtf8(path: string): boolean {
	try {
		decodeURIComponent(path);
		return true;
	} catch {
		return false;
	}
}

/** Held to what holds for all operations of the contract together. */
function operationOf({ operations }: Contract, prefix: string, routes: readonly Route[]): Operation {
	return {
		id: passthroughId,
		// Whichever the request has.
		method: "*",
		path: prefix,
		access: "key",
		permission: "passthrough",
		admitsAdministrators: false,
		rateLimit: operations.find(({ rateLimit }) => rateLimit?.scope === sharedScope)?.rateLimit,
		usage: "limited",
		limits: operations.find(({ limits }) => limits?.scope === sharedLimitsScope)?.limits,
		asksPlugins: true,
		maxBodyBytes: undefined,
		timeoutMs: undefined,
		upstreamPath: prefix,
		otherPaths: [],
		isStream: false,
		webSocket: undefined,
		queryNames: new Set(),
		dialect: undefined,
		session: undefined,
		formProperties: undefined,
		takesBody: true,
		takesJson: true,
		textField: undefined,
		requiresBody: false,
		multiSegmentParameters: new Set(),
		defaults: [],
		bodyNames,
		passedTo: routes,
		compile: () => {},
		validateBody: () => {},
		validateParameters: () => ({}),
	};
}
