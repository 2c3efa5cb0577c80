/** Sends the program's own pages, the API reference and the dashboard, and their files. */
import { fileURLToPath } from "node:url";
import helmet from "koa-helmet";
import { fileOperations } from "../contract/fileOperations.js";
import type { Operation } from "../contract/operation.js";
import type { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import { defineLink, type GatewayContext, type GatewayMiddleware } from "./link.js";
import { sendAsset } from "./sendAsset.js";

/** Where `npm run build` puts them, for the program as it is built and for tests of its sources. */
const docs = fileURLToPath(new URL("../../dist/docs", import.meta.url));
const dashboard = fileURLToPath(new URL("../../dist/ui", import.meta.url));

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;

type Send = (ctx: GatewayContext) => Promise<void>;

export const files = defineLink({
	name: "files",
	stage: "upstream",
	middleware: ({ settings }): GatewayMiddleware => {
		const fileName = (ctx: GatewayContext) => ctx.params.asset ?? "";
		const senders = new Map<Operation | undefined, Send>([
			[fileOperations.docs, page("docs", (ctx) => sendDocs(ctx, "index.html"))],
			[fileOperations.docsFile, (ctx) => sendDocs(ctx, fileName(ctx))],
			[fileOperations.dashboard, settings.ui ? page("ui", sendDashboard) : refuseDashboard],
			[fileOperations.dashboardFile, settings.ui ? (ctx) => sendDashboardFile(ctx, fileName(ctx)) : refuseDashboard],
		]);
		return (ctx, next) => {
			const send = senders.get(ctx.state.exchange.operation);
			return send ? send(ctx) : next();
		};
	},
});

/**
 * A page names its files relative to itself, so that they are found below a path that a proxy adds. At `/ui/` a browser would look
 * for them at `/ui/ui/…`: it is sent to the page's own path, relative to its own as well.
 */
function page(name: string, send: Send): Send {
	return async (ctx) => {
		const [path = ""] = ctx.originalUrl.split("?", 1);
		const slashes = path.length - path.lastIndexOf(name) - name.length;
		if (slashes === 0) return send(ctx);
		ctx.redirect("../".repeat(slashes) + name + ctx.search);
	};
}

async function sendDocs(ctx: GatewayContext, name: string): Promise<void> {
	if (!(await sendAsset(ctx, name, { root: docs, maxAge: hourMs })))
		throw notFound(`There is no file ${name} in the API reference.`, "unknown_url");
}

/** The page has no data in it: what it shows, it asks the API for. */
async function sendDashboard(ctx: GatewayContext): Promise<void> {
	await dashboardPolicy(ctx as never, async () => {});
	if (!(await sendAsset(ctx, "index.html", { root: dashboard }))) throw notInDashboard("index.html");
	ctx.set("cache-control", "no-cache");
}

/** A file's name changes with its content, so browsers may keep it for ever. */
async function sendDashboardFile(ctx: GatewayContext, name: string): Promise<void> {
	// The page is at /ui alone, where its policy comes with it.
	if (!/\.(js|css|svg)$/.test(name)) throw notInDashboard(name);
	const isSent = await sendAsset(ctx, name, { root: dashboard, maxAge: yearMs, immutable: true });
	if (!isSent) throw notInDashboard(name);
}

async function refuseDashboard(): Promise<void> {
	throw notFound("This gateway shows no dashboard: it was started with --no-ui.", "ui_off");
}

function notInDashboard(name: string): GatewayError {
	return notFound(`There is no file ${name} in the dashboard.`, "unknown_url");
}

/**
 * For the dashboard's page, replaces the policy of other answers: it runs and shows its own files alone, asks this gateway alone,
 * and can make no HTML or script of a text (`require-trusted-types-for`; it makes no such type).
 */
const dashboardPolicy = helmet.contentSecurityPolicy({
	useDefaults: false,
	directives: {
		"default-src": ["'none'"],
		"base-uri": ["'none'"],
		"connect-src": ["'self'"],
		"form-action": ["'none'"],
		"frame-ancestors": ["'none'"],
		"img-src": ["'self'"],
		"script-src": ["'self'"],
		"style-src": ["'self'"],
		"require-trusted-types-for": ["'script'"],
		"trusted-types": ["'none'"],
	},
}) as unknown as GatewayMiddleware;
