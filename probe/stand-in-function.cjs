// The stand-in's function, deployed as it stands, as a part of the template.
'use strict';

/**
 * Answers whoever shows the token. A claim gets "no task", which an agent takes as a reason to ask
 * again in some seconds; any other request gets the time of day, by which the probe sets its clock.
 */
exports.handler = async ({ headers = {}, rawPath = '', body, isBase64Encoded }) => {
  const now = Date.now();
  if (headers.authorization !== `Bearer ${process.env.TOKEN}`) return { statusCode: 401 };
  if (!rawPath.endsWith('/claim')) return answer({ now });
  console.log(JSON.stringify({ claim: nameIn(body, isBase64Encoded), at: now }));
  return { statusCode: 204 };
};

const answer = (value) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** Agents are named by their instance. */
function nameIn(body = '', isBase64Encoded = false) {
  try {
    const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
    return String(JSON.parse(text).name);
  } catch {
    return 'unreadable';
  }
}
