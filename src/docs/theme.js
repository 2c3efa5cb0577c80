// Set before anything is drawn: swagger-ui has dark colours, but needs a class to use them.
const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", darkScheme.matches);
darkScheme.addEventListener("change", follow);
follow();
