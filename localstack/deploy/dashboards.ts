import type { Template } from '../../serverless/template.ts';
import { element, query } from '../query-api.ts';

/** LocalStack's CloudFormation says that it made one, and made none. Its API makes them. */
export const DASHBOARD = 'AWS::CloudWatch::Dashboard';

/** As the credentials of every request to LocalStack here name it. */
const REGION = 'us-east-1';

/** Where metrics are kept: those of the stage that is packaged, and in their place those of `npm start`, which runs. */
export interface Namespaces {
  readonly packaged: string;
  readonly running: string;
}

/** A dashboard as CloudWatch takes it. */
export interface Dashboard {
  readonly name: string;
  readonly body: string;
}

/** @returns the dashboards of a template, which show what runs. */
export const dashboardsOf = ({ Resources }: Template, { packaged, running }: Namespaces): readonly Dashboard[] =>
  Object.values(Resources)
    .filter(({ Type }) => Type === DASHBOARD)
    .map(({ Properties }) => {
      const { DashboardName, DashboardBody } = Properties as {
        readonly DashboardName: string;
        readonly DashboardBody: { readonly 'Fn::Sub': string };
      };
      const body = DashboardBody['Fn::Sub']
        .replaceAll(`\${AWS::Region}`, REGION)
        // Placeholders of CloudWatch, which CloudFormation leaves alone.
        .replaceAll(`\${!`, () => `\${`)
        .replaceAll(`{${packaged},`, `{${running},`);
      return { name: DashboardName, body };
    });

/** @throws Error if LocalStack refuses one. */
export const putDashboards = async (endpoint: string, dashboards: readonly Dashboard[]): Promise<void> => {
  for (const { name, body } of dashboards) {
    const parameters = { Action: 'PutDashboard', DashboardName: name, DashboardBody: body };
    const answer = await query({ endpoint, service: 'monitoring', version: '2010-08-01' }, parameters);
    if (!answer.ok)
      throw new Error(`CloudWatch refuses the dashboard: ${element(answer.body, 'Message') || answer.body}`);
  }
};
