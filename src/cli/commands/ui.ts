/** `llmw ui`: a link to the dashboard of the gateway that runs on this machine. */
import { askGateway } from "../../process/control/client.js";
import type { ListenAddress } from "../../process/control/socketPath.js";

/** @throws Problems when no gateway of this user runs there, or it has no dashboard */
export async function ui(
	address: ListenAddress,
	{ print, note }: { print(text: string): void; note(line: string): void },
): Promise<void> {
	const { url } = await askGateway(address, "link");
	print(url);
	note("it signs in once, within ten minutes");
}
