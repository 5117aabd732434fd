// Scripts of our pages run on old phones: the syntax is ES2017's, the interfaces those of the
// browsers that package.json names.
import compat from "eslint-plugin-compat";
import esx from "eslint-plugin-es-x";

const own = ["no-undef", "no-shadow-restricted-names", "no-redeclare", "no-dupe-keys", "no-unreachable"];

export default [
  esx.configs["flat/restrict-to-es2017"],
  compat.configs["flat/recommended"],
  {
    files: ["kiosk/static/js/*.js"],
    languageOptions: { ecmaVersion: 2017, sourceType: "script" },
    settings: {
      "es-x": { aggressive: true },
      // Each is asked for before it is used.
      polyfills: ["navigator.mediaSession", "MediaMetadata"],
    },
    rules: {
      ...Object.fromEntries(own.map((name) => [name, "error"])),
      eqeqeq: "error",
      "no-unused-vars": ["error", { caughtErrors: "none" }],
      "prefer-const": "error",
    },
  },
];
