/** A row of buttons, one of which is pressed. */

export function Choice<T extends string>({
	label,
	value,
	options,
	choose,
}: {
	label: string;
	value: T;
	options: readonly (readonly [value: T, text: string])[];
	choose(value: T): void;
}) {
	return (
		<fieldset class="choice">
			<legend class="hidden">{label}</legend>
			{options.map(([option, text]) => (
				<button key={option} type="button" aria-pressed={option === value} onClick={() => choose(option)}>
					{text}
				</button>
			))}
		</fieldset>
	);
}
