#!/usr/bin/env node
/** The command `llmw`. */
import { optimizeLater } from "./process/optimizeLater.js";

optimizeLater();
await import("./cli/commandLineProgram.js");
