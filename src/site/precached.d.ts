// What precache.sh puts before sw.js.
declare const VERSION: string;
declare const FILES: Record<string, string>;
