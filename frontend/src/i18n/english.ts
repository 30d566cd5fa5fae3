/** English as far as it is loaded: what the first page says, and what each page that was opened since has added. */
import { en, type Messages } from "./en";

export const english: Partial<Messages> = { ...en };

export const add = (more: Partial<Messages>): void => void Object.assign(english, more);
