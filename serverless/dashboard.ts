import { cloudwatchDashboard } from '../lib/telemetry/metrics/cloudwatch.ts';
import type { Resource } from './template.ts';

/** @returns the CloudWatch dashboard of a stage, as resources. */
export const dashboardOf = (service: string, stage: string): Record<string, Resource> => {
  const body = JSON.stringify(cloudwatchDashboard(`${service}-${stage}`, `\${AWS::Region}`));
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: `${service}-${stage}`,
        // `LABEL` is CloudWatch’s own placeholder, which CloudFormation is to leave alone.
        DashboardBody: { 'Fn::Sub': body.replaceAll(`\${LABEL}`, () => `\${!LABEL}`) },
      },
    },
  };
};
