// Writes dates.json: names of months and days, and the order of a date, in the languages that bookforms list and the program has
// no texts in, as CLDR has them. The data is that of the Node.js that runs this:
//
//	node internal/i18n/dates.mjs > internal/i18n/dates.json

const languages = ["fr", "it", "es", "ka", "hy", "kk", "hr", "cs", "ro", "zh", "ar", "bg", "he", "hu", "sr", "sk", "mn", "az", "pl", "sl"];
const tags = { sr: "sr-Latn" };
const noBreak = "\u00a0";
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const out = {};
for (const lang of languages) {
  const write = (options) => new Intl.DateTimeFormat((tags[lang] ?? lang) + "-u-ca-gregory-nu-latn", { timeZone: "UTC", ...options });
  const month = (i) => Date.UTC(2026, i, 25);
  const alone = (i, width) => write({ month: width }).format(month(i));
  const inside = (i, width) => write({ day: "numeric", month: width }).formatToParts(month(i)).find((part) => part.type === "month").value;
  // Where a short date has the number of its month, the long date's order takes the short name.
  const numbered = /\d/.test(inside(10, "short")) && lang !== "zh";
  const pattern = (options, short) => {
    const named = write({ ...options, month: short && numbered ? "long" : options.month });
    const text = named.formatToParts(month(10)).map((part) => {
      switch (part.type) {
        case "literal":
          return part.value;
        case "month":
          if (short) return "<%- month_short %>";
          return part.value === alone(10, "long") && !options.day ? "<%- month_alone %>" : "<%- month %>";
        default:
          return `<%- ${part.type} %>`;
      }
    });
    return text.join("").replaceAll("\u202f", noBreak)
      .replace(/(<%- day %>\.?) (?=(de |di )?<%- month)/, `$1${noBreak}`).replace(/(<%- month(_short)? %>) (?=<%- day)/, `$1${noBreak}`);
  };
  const date = pattern({ weekday: "long", day: "numeric", month: "long" });
  const year = pattern({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const texts = {
    month: {}, month_of: {}, month_short: {}, weekday: {}, weekday_short: {},
    pattern: {
      date, date_year: year, day: pattern({ day: "numeric", month: "long" }), month: pattern({ month: "long", year: "numeric" }), moment: date + ", <%- time %>", moment_year: year + ", <%- time %>",
      short: pattern({ day: "numeric", month: "short" }, true),
    },
  };
  for (let i = 0; i < 12; i++) {
    texts.month[i + 1] = alone(i, "long");
    texts.month_of[i + 1] = inside(i, "long");
    texts.month_short[i + 1] = numbered ? alone(i, "short") : inside(i, "short");
  }
  days.forEach((day, i) => {
    const at = Date.UTC(2026, 10, 22 + i); // a Sunday and the days after it
    texts.weekday[day] = write({ weekday: "long" }).format(at);
    texts.weekday_short[day] = write({ weekday: "short" }).format(at);
  });
  if (lang === "zh") { // the sign for a month belongs to its number
    for (let i = 1; i <= 12; i++) texts.month_of[i] = texts.month_short[i] = `${i}月`;
    for (const name in texts.pattern) texts.pattern[name] = texts.pattern[name].replace("%>月", "%>");
  }
  out[lang] = texts;
}
process.stdout.write(JSON.stringify(out, null, 1).replaceAll(noBreak, "\\u00a0") + "\n");
