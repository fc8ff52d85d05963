// What the editor says, in the language of the page: the texts stand in piece_words.html.
const texts = document.querySelector<HTMLElement>("#editor-words")?.dataset ?? {};

export type Word =
  | "saving" | "chooseFirst" | "signedInAgain" | "theirsShown" | "noAnswer" | "brokeOff" | "tooLarge" | "refusedBecause"
  | "notSaved" | "sinceThen" | "aboveTheOther" | "somebodyElse" | "signedOut" | "signIn" | "cannotApprove" | "giveAReason"
  | "noFinding" | "finding" | "wordsChanged" | "putInstead" | "takenOut" | "unsaved" | "writtenOver" | "takeIt" | "dropIt"
  | "compare" | "fileUnsent" | "fileUnknown" | "fileRefused" | "sending" | "sendingAt";

/** The text, with its `{places}` filled in. */
export function word(name: Word, places: Record<string, string> = {}): string {
  return (texts[name] ?? "").replace(/\{(\w+)\}/g, (place, key: string) => places[key] ?? place);
}

// English without a country is the American way to write a day.
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;

/** A moment by the clocks of the organization, whose place is named as on the rest of the page. */
export function moment(at: number): string {
  const shape = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  try {
    const shown = new Intl.DateTimeFormat(language, { ...shape, ...(texts.zone && { timeZone: texts.zone }) }).format(at);
    return texts.place ? `${shown} (${texts.place})` : shown;
  } catch {
    return new Intl.DateTimeFormat(language, shape).format(at); // a zone that this browser does not know
  }
}

export function share(part: number): string { return new Intl.NumberFormat(language, { style: "percent" }).format(part); }
