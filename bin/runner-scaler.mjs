#!/usr/bin/env node
// The command `runner-scaler`. The sources are TypeScript and are run as they are, configs of any kind of package too.
import { register as registerCommonJs } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';

// The AWS SDK warns on Node.js 20 about its versions of 2027, which is not the user's concern.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

registerCommonJs();
register();
await import('./runner-scaler.ts');
