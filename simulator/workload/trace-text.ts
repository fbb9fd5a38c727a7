/**
 * Reads the rows of a file or of standard input: delimited text as a stream, plain or gzip, UTF-8 or
 * UTF-16; JSON as a whole.
 */
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { TraceError } from './trace-error.ts';
import { jsonRows } from './trace-json.ts';

/** How far a file has been read. */
export interface ReadProgress {
  readonly bytesRead: number;
  /** Size of the file; 0 when it is not known, as for a pipe. */
  readonly bytesTotal: number;
  readonly rows: number;
}

export interface RowReader {
  /**
   * Called for every row, the header included, with the line on which the row ends, or its number in a
   * JSON array.
   */
  readonly onRow: (cells: readonly string[], line: number) => void;
  /** Called before the rows of a JSON array, whose places are numbers of entries and not lines. */
  readonly onEntries?: (() => void) | undefined;
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
  /** Ends the read; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
const DELIMITER_NAMES = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' } as const;
export type RowFormat = (typeof DELIMITER_NAMES)[(typeof DELIMITERS)[number]] | 'json';

/** The path that stands for standard input. */
export const STANDARD_INPUT = '-';

/** Bytes read at once; progress is reported as often. */
const CHUNK_BYTES = 256 * 1024;
/** The header must end within this many bytes. */
const MOST_HEADER_BYTES = 64 * 1024;
/** Longest row. A quote that is never closed would otherwise swallow the rest of the file. */
const MOST_ROW_CHARACTERS = 1024 * 1024;

/**
 * @param path of the file, or `-` for standard input
 * @throws TraceError when the file cannot be read, is empty or binary, or its quotes do not match
 */
export async function readRows(path: string, reader: RowReader): Promise<RowFormat> {
  let rows = 0;
  let lastLine = 0;
  let source: AsyncGenerator<Buffer> | undefined;
  try {
    const { size, isDirectory } = await lookAt(path);
    if (isDirectory) throw new TraceError('is a directory; give the path of one file');
    const chunks = path === STANDARD_INPUT ? standardInput() : chunksOf(path);
    source = counted(chunks, (bytesRead) => {
      reader.onProgress?.({ bytesRead, bytesTotal: size, rows });
    });
    const raw = await peek(source);
    const isGzip = raw.head[0] === 0x1f && raw.head[1] === 0x8b;
    const text = isGzip ? await peek(gunzip(raw.all)) : raw;
    const header = headerOf(text.head);
    if (/^[[{]/.test(header)) {
      giveJson(await wholeText(text), reader);
      return 'json';
    }
    const delimiter = delimiterOf(header);
    const parser = parse({
      bom: true,
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      max_record_size: MOST_ROW_CHARACTERS,
      // Rows are handed on here and never pushed, so nothing piles up in the parser.
      on_record: (cells: string[], { lines }: { readonly lines: number }) => {
        reader.onRow(cells, lines);
        lastLine = lines;
        rows += 1;
        return null;
      },
    });
    parser.resume();
    await pipeline(text.all, parser, { ...(reader.signal && { signal: reader.signal }) });
    return DELIMITER_NAMES[delimiter];
  } catch (error) {
    if (reader.signal?.aborted) throw reader.signal.reason;
    throw asTraceError(error, lastLine + 1);
  } finally {
    // Closes the file where the read ended early.
    await source?.return(undefined);
  }
}

function giveJson(text: string, reader: RowReader): void {
  const { header, rows, placedBy } = jsonRows(text);
  if (rows.length === 0) throw new TraceError('there is no job in it');
  if (placedBy === 'entry') reader.onEntries?.();
  reader.onRow(header, 1);
  for (const { cells, place } of rows) {
    reader.signal?.throwIfAborted();
    reader.onRow(cells, place);
  }
}

async function lookAt(path: string): Promise<{ size: number; isDirectory: boolean }> {
  if (path === STANDARD_INPUT) return { size: 0, isDirectory: false };
  const found = await stat(path);
  return { size: found.isFile() ? found.size : 0, isDirectory: found.isDirectory() };
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  report: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    report(bytes);
  }
}

async function* standardInput(): AsyncGenerator<Buffer> {
  if (process.stdin.isTTY) {
    throw new TraceError(
      'nothing is piped into it; give a file, or pipe one: … --trace - < jobs.csv',
    );
  }
  for await (const chunk of process.stdin) yield Buffer.from(chunk);
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
      );
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function gunzip(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const source = Readable.from(chunks);
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  return source.pipe(unpacked);
}

interface Peeked {
  /** The first bytes: at least one line, or as much as a header may have. */
  readonly head: Buffer;
  /** All bytes, `head` included. */
  readonly all: AsyncIterable<Buffer>;
}

async function peek(chunks: AsyncIterable<Buffer>): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let ended = false;
  while (!ended && head.length < MOST_HEADER_BYTES && !/[\r\n]/.test(head.toString('latin1'))) {
    const next = await iterator.next();
    if (next.done) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
  return {
    head,
    all: (async function* () {
      yield head;
      for (;;) {
        const next = await iterator.next();
        if (next.done) return;
        yield next.value;
      }
    })(),
  };
}

async function wholeText({ head, all }: Peeked): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of all) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString(isUtf16(head) ? 'utf16le' : 'utf8');
  return text.replace(/^\uFEFF/, '');
}

function isUtf16(head: Buffer): boolean {
  return head[0] === 0xff && head[1] === 0xfe;
}

function headerOf(head: Buffer): string {
  if (head.length === 0) throw new TraceError('the file is empty; a header line is needed');
  const sample = head.subarray(0, MOST_HEADER_BYTES);
  if (!isUtf16(head) && sample.includes(0)) {
    throw new TraceError('the file is not text; give CSV or JSON, plain or gzipped');
  }
  const [header = ''] = sample
    .toString(isUtf16(head) ? 'utf16le' : 'utf8')
    .replace(/^\uFEFF?\s*/, '')
    .split(/[\r\n]/, 1);
  if (header === '') throw new TraceError('the file has no header line', { line: 1 });
  return header;
}

/** The delimiter that occurs most often in the header, outside of quotes. */
function delimiterOf(header: string): (typeof DELIMITERS)[number] {
  const unquoted = header.replaceAll(/"[^"]*"/g, '');
  const count = (delimiter: string) => unquoted.split(delimiter).length;
  return DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best));
}

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ERR_STRING_TOO_LONG: 'JSON of more than 512 MB is too long to read; give the jobs as CSV',
  ENOENT: 'there is no such file',
  EACCES: 'the file may not be read; check its permissions',
  EISDIR: 'is a directory; give the path of one file',
  Z_DATA_ERROR: 'the gzip data is damaged',
  Z_BUF_ERROR: 'the gzip data ends too early',
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and not closed',
  CSV_MAX_RECORD_SIZE:
    'a row is longer than a million characters; is a quote opened and not closed?',
  CSV_INVALID_CLOSING_QUOTE: 'text follows a closing quote; write a quote inside quotes as ""',
  INVALID_OPENING_QUOTE: 'a quote stands inside a value; quote the whole value and write it as ""',
};

/** @param line the line on which the row begins that was being read */
function asTraceError(error: unknown, line: number): unknown {
  if (error instanceof TraceError) return error;
  const code = codeOf(error);
  if (code === undefined) return error;
  const problem = READ_PROBLEMS[code] ?? `cannot be read: ${String(error)}`;
  const place = error instanceof CsvError ? { line } : {};
  return Object.assign(new TraceError(problem, place), { cause: error });
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
