// Before anything is drawn: swagger-ui has dark colours, and waits to be told.
const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", darkScheme.matches);
darkScheme.addEventListener("change", follow);
follow();
