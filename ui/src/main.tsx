/** Starts the dashboard. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/pages.css";
import { App } from "./app.js";
import { signInByLink } from "./link.js";

await signInByLink();
// In an open tab, following the link only changes the hash.
addEventListener("hashchange", signInByLink);
render(<App />, document.getElementById("app") as HTMLElement);
