/** The program's own pages and their files. They are no API: the contract doesn't hold them, and no overlay changes them. */
import type { Operation } from "./operation.js";

/** Whoever can reach the gateway may read them; they hold no data. */
function fileOperation(id: string, path: string): Operation {
	return {
		id,
		method: "GET",
		path,
		access: "public",
		permission: "api",
		admitsAdministrators: false,
		rateLimit: undefined,
		usage: undefined,
		limits: undefined,
		asksPlugins: true,
		maxBodyBytes: undefined,
		timeoutMs: undefined,
		upstreamPath: undefined,
		otherPaths: [],
		isStream: false,
		webSocket: undefined,
		session: undefined,
		queryNames: new Set(),
		dialect: undefined,
		takesBody: false,
		takesJson: false,
		textField: undefined,
		formProperties: undefined,
		requiresBody: false,
		multiSegmentParameters: new Set(),
		defaults: [],
		bodyNames: undefined,
		compile: () => {},
		validateBody: () => {},
		validateParameters: () => ({}),
	};
}

/** Their ids are what logs, metrics and traces call them. */
export const fileOperations = {
	docs: fileOperation("getDocs", "/docs"),
	docsFile: fileOperation("getDocsAsset", "/docs/{asset}"),
	dashboard: fileOperation("getDashboard", "/ui"),
	dashboardFile: fileOperation("getDashboardAsset", "/ui/{asset}"),
} as const;

/** In the order in which a path is looked for among them. */
export const allFileOperations: readonly Operation[] = Object.values(fileOperations);
