export default ''; // the build writes the version here: src/site/precache.sh
