/** Runs before each test file: keeps the AWS SDK's notice about Node.js 20 out of the test output. */
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
