/** A key's secret, which is shown only once. */
import type { KeyWithSecret } from "../contract.js";
import { setCredential } from "../credentials.js";
import { Dialog } from "../parts/dialog.js";
import { Command } from "../parts/states.js";

export function Secret({ made, close }: { made: KeyWithSecret; close(): void }) {
	const url = new URL("v1/chat/completions", document.baseURI).href;
	return (
		<Dialog title={`The secret of ${made.name}`} close={close}>
			<div class="body">
				<p>Copy it now: it is shown only once. The gateway stores only a hash of it.</p>
				<Command text={made.secret} />
				<p class="muted small">To try it:</p>
				<Command
					text={`curl ${url} -H 'authorization: Bearer ${made.secret}' -H 'content-type: application/json' \\\n  -d '{"messages": [{"role": "user", "content": "Hello AI"}]}'`}
				/>
			</div>
			<footer>
				<button
					type="button"
					onClick={() => {
						setCredential("key", made.secret);
						close();
					}}
				>
					Use it in the playground
				</button>
				<button type="button" class="primary" onClick={close}>
					I have kept it
				</button>
			</footer>
		</Dialog>
	);
}
