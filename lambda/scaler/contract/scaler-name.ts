/** What a scaler may be called: it becomes part of resource names and of a tag's value. */
export const SCALER_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;
