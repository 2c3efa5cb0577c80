/** Names of clients' own, such as a model's, in paths at upstreams. */
import { GatewayError } from "../errors/gatewayError.js";

/**
 * A path segment that can't leave its place: servers behind us may decode it, and then resolve dot segments
 * (RFC 3986 §5.2.4), take a backslash for a slash, or end the name at a NUL.
 *
 * @param subject begins the message of a refusal
 * @throws GatewayError 400 for a name that would leave it, or that isn't Unicode
 */
export function pathSegment(value: string, subject = "A name in the path"): string {
	const refuse = (what: string) => {
		throw new GatewayError(400, `${subject} can't have ${what}.`, { code: "invalid_path" });
	};
	if (value.split(/[/\\]/).some((part) => part === "." || part === "..")) refuse("dot segments");
	if (/[\x00-\x1f\x7f]/.test(value)) refuse("control characters");
	if (/\p{Surrogate}/u.test(value)) refuse("half of a surrogate pair");
	return encodeURIComponent(value);
}

/** A model's name, as a body has it, for a path. @throws GatewayError 400 as `pathSegment` */
export function modelSegment(model: string): string {
	return pathSegment(model, "The name of a model that stands in the upstream's path");
}
