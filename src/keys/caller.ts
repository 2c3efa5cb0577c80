/** Who calls, and what they may do: the same for a key and for a token. */
import { GatewayError } from "../errors/gatewayError.js";
import { isEmpty, type LimitSet, limitSetOf } from "../settings/limitSettings.js";
import { compilePatterns, type Matches } from "../settings/pattern.js";
import type { KeyRecord } from "../store/keyTypes.js";
import { compileAddresses } from "./addresses.js";

/** The caller of a request, once it is known. Never with the credential itself. */
export interface Caller {
	/** A key's id; for a token `token_` and digits that stand for its issuer and subject. */
	readonly keyId: string;
	/** For people, logs and metrics. */
	readonly keyName: string;
	readonly owner: string | undefined;
	readonly team: string | undefined;
	readonly organisation: string | undefined;
	readonly metadata: Readonly<Record<string, string>>;
	/** Its own; undefined if it has none. */
	readonly limits: LimitSet | undefined;
	/** Among requests that wait for a limit, the higher one comes first. */
	readonly priority: number;
	/** What was stored while there were no keys is its own. */
	readonly isKeyless: boolean;
	/** What its token says of it; undefined for a key, which is looked up. */
	readonly identity?: CallerDescription;
	/** @throws GatewayError 403 */
	checkPermission(permission: string): void;
	/** @throws GatewayError 403 */
	checkAddress(address: string): void;
	readonly allowsModel: Matches;
	readonly allowsRoute: Matches;
	/** It may not ask for all models, so that lists of them have to be looked through. */
	readonly isForSomeModels: boolean;
	/** @throws GatewayError 403 */
	checkModel(model: string | undefined): void;
	/** @throws GatewayError 403 */
	checkRoute(route: string): void;
}

export type CallerDescription = Pick<
	KeyRecord,
	| "name"
	| "owner"
	| "team"
	| "organisation"
	| "metadata"
	| "models"
	| "routes"
	| "addresses"
	| "limits"
	| "budget"
	| "priority"
	| "permissions"
> & { id: string };

const usualPermissions = ["api"];

const all: Matches = () => true;

/** Compiles a key once, for all its requests. */
export function callerOf(key: CallerDescription): Caller {
	const { id, name, models, routes, addresses } = key;
	const allowsModel = models === undefined ? all : compilePatterns(models);
	const allowsRoute = routes === undefined ? all : compilePatterns(routes);
	const limits = limitSetOf(key.limits, key.budget);
	const permissions = new Set(key.permissions ?? usualPermissions);
	const allowsAddress = addresses === undefined ? all : compileAddresses(addresses);
	return {
		keyId: id,
		keyName: name,
		owner: key.owner,
		team: key.team,
		organisation: key.organisation,
		metadata: key.metadata,
		limits: isEmpty(limits) ? undefined : limits,
		priority: key.priority ?? 0,
		allowsModel,
		allowsRoute,
		isForSomeModels: models !== undefined,
		isKeyless: permissions.has("keyless"),
		checkPermission(permission) {
			if (!permissions.has(permission))
				throw refused(`This key has no permission for this: it needs '${permission}'.`, "permission_denied");
		},
		checkAddress(address) {
			if (!allowsAddress(address)) throw refused("This key can't be used from this address.", "address_not_allowed");
		},
		checkModel(model) {
			if (models === undefined || (model !== undefined && allowsModel(model))) return;
			const message =
				model === undefined
					? "This key is for certain models only, and the request names none."
					: `This key may not use the model '${model}'.`;
			throw refused(message, "model_not_allowed", "model");
		},
		checkRoute(route) {
			if (!allowsRoute(route))
				throw refused(`This key may not use the route '${route}'.`, "route_not_allowed", "model");
		},
	};
}

function refused(message: string, code: string, param?: string): GatewayError {
	return new GatewayError(403, message, param === undefined ? { code } : { code, param });
}
