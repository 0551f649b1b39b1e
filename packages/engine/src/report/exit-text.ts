/**
 * Reduces a daemon's error message to the reason. A daemon repeats the log's last lines after it,
 * which we show ourselves; newer ones also name the derivation and its outputs, as our own line
 * does.
 */
export function exitText(message: string): string {
  const text = message
    .replace(/(\s*Output paths:(\n\s*\/\S+)*)?[;,]?\s*last \d+ log lines?:[\s\S]*$/i, '')
    .replace(/^Cannot build '[^']*'\.\s*Reason: (builder .*?)\.?$/, '$1')
    .replace(/^builder for '[^']*' /, 'builder ')
    .trim();
  return text === '' ? 'it gave no reason' : text;
}
