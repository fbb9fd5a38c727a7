/** The topic that alarms tell, which only CloudWatch may use, and only for alarms of the account. */
import {
  aws_iam as iam,
  aws_sns as sns,
  aws_sns_subscriptions as subscriptions,
  Aws,
  CfnOutput,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** The scaler's name. */
  readonly name: string;
  readonly emails: readonly string[];
}

export class AlarmTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { name, emails }: AlarmTopicProps) {
    super(scope, id);
    // Not encrypted: CloudWatch can only use a key of the customer, which costs a dollar a month.
    this.topic = new sns.Topic(this, 'Topic', {
      displayName: `runner-scaler ${name}`,
      enforceSSL: true,
    });
    // A policy of its own takes the place of the default, which lets the account publish.
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*`,
          },
        },
      }),
    );
    emails.forEach((email) => {
      this.topic.addSubscription(new subscriptions.EmailSubscription(email));
    });
    new CfnOutput(this, 'Subscribe', {
      description: 'Sends the alarms to an address, once it is confirmed: put it for ADDRESS',
      value:
        `aws sns subscribe --topic-arn ${this.topic.topicArn} --protocol email ` +
        `--notification-endpoint ADDRESS --region ${Aws.REGION}`,
    });
  }
}
