/** Tells Ollama's own clients: its command line, and its libraries for JavaScript and Python. */
import type { IncomingHttpHeaders } from "node:http";

export function isOllamaClient({ "user-agent": agent = "" }: IncomingHttpHeaders): boolean {
	return /^ollama[/-]/i.test(agent);
}
