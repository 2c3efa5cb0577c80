/** The address to listen on, tried before any worker starts. */
import { type AddressInfo, createServer } from "node:net";
import { Problems } from "../errors/problem.js";
import type { Settings } from "../settings/settings.js";

/** @returns the port, a free one if settings allow any. @throws Problems when the address can't be listened on. */
export async function tryAddress({ bindip, bindport }: Settings): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve, reject) => {
		server.once("error", (error: NodeJS.ErrnoException) => {
			reject(new Problems([{ where: `${bindip}:${bindport}`, message: reasonOf(error) }]));
		});
		server.listen({ host: bindip, port: bindport }, resolve);
	});
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

function reasonOf(error: NodeJS.ErrnoException): string {
	if (error.code === "EADDRINUSE") return "the address is in use; stop what listens there or choose another --bindport";
	if (error.code === "EADDRNOTAVAIL") return "this machine has no such address; choose another --bindip";
	if (error.code === "EACCES") return "listening there is not permitted; ports below 1024 need privileges";
	return `can't be listened on (${error.code ?? error.message})`;
}
