/**
 * The id of a connection that does not exist, in the form of those that API Gateway gives out: eleven bytes in base64.
 * A gateway that works says that it is gone; of an id in another form some say that the request is wrong.
 */
export const NOBODY = 'AAAAAAAAAAAAAAA=';
