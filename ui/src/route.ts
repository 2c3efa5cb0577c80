/** The current page of the dashboard, in the URL after `#`, so that each page can be reloaded and linked to. */
import { useEffect, useState } from "preact/hooks";

export interface Place {
	/** `["prompts", "support-reply"]` */
	path: readonly string[];
	query: URLSearchParams;
}

export function placeOf(hash: string): Place {
	const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
	return { path: path.split("/").map(decoded), query: new URLSearchParams(query) };
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

export function usePlace(): Place {
	const [hash, setHash] = useState(location.hash);
	useEffect(() => {
		const listener = () => setHash(location.hash);
		addEventListener("hashchange", listener);
		return () => removeEventListener("hashchange", listener);
	}, []);
	return placeOf(hash);
}

/** A link to a place; without values a parameter is left out. */
export function linkTo(path: readonly string[], query: Record<string, string | undefined> = {}): string {
	const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
	const text = new URLSearchParams(given).toString();
	return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

export function goTo(path: readonly string[], query: Record<string, string | undefined> = {}): void {
	location.hash = linkTo(path, query);
}

/** The same place with other parameters, without a step of its own in the history. */
export function changeQuery({ path, query }: Place, changes: Record<string, string | undefined>): void {
	const next = linkTo(path, { ...Object.fromEntries(query), ...changes });
	history.replaceState(null, "", next);
	dispatchEvent(new HashChangeEvent("hashchange"));
}
