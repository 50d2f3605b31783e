#!/bin/sh
# Writes DIR/version.js and DIR/sw.js: the service worker with the list of what it keeps for offline use, every file by
# the hash of its content, and the version, which is the hash of that list.
#
#     src/site/precache.sh DIR SW.js        SW.js: web/sw.js, the worker without its list
set -eu
cd "$1"
# Not kept: the worker itself and what switches it off, settings of web hosts, packed copies, pictures for app stores, and
# the training report.
rm -f version.js
files=$(find . -type f ! -name 'sw*.js' ! -name '_*' ! -name '*.br' ! -name '*.gz' ! -path './screenshots/*' ! -path './report*' ! -name '.*' | sed 's/^\.\///' | LC_ALL=C sort)
list=$(sha256sum $files | sed 's/^\([0-9a-f]*\)  \(.*\)$/  "\2": "\1",/')
version=$(echo "$list" | sha256sum | cut -c1-12)
echo "export default '$version'; // made by the build: src/site/precache.sh" >version.js
{
    echo "const VERSION = '$version';"
    echo "const FILES = {"
    echo "$list"
    sha256sum version.js | sed 's/^\([0-9a-f]*\)  \(.*\)$/  "\2": "\1",/'
    echo "};"
    cat "$2"
} >sw.js
