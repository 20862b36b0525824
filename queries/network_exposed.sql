-- title: Resources in the open
-- group: Access
-- question: Who created SageMaker resources with direct access to the internet, without a VPC, with root access or without a key of their own?
-- param: name resource optional - part of the resource's name
-- limit: 200
-- since: 30d
-- example: network-exposed since=14d
-- expect: actor=diego-ramirez | resource=churn-try-2 | call=CreateEndpointConfig
-- expect: actor=diego-ramirez | resource=churn-try | call=CreateEndpointConfig
-- expect: actor=diego-ramirez | resource=churn-try | call=CreateModel
-- expect: actor=root | resource=scratch | call=CreateNotebookInstance
WITH made AS (
    SELECT eventtime, actor, known_by, account, region, eventname, resource,
        CASE
            WHEN eventname = 'CreateNotebookInstance'
                AND coalesce(json_extract_scalar(requestparameters, '$.directInternetAccess'), 'Enabled') = 'Enabled'
                THEN 'direct internet access'
            WHEN eventname = 'CreateDomain'
                AND coalesce(json_extract_scalar(requestparameters, '$.appNetworkAccessType'), 'PublicInternetOnly')
                    <> 'VpcOnly'
                THEN 'public internet'
            WHEN eventname = 'CreateModel' AND json_extract(requestparameters, '$.vpcConfig') IS NULL THEN 'no VPC'
        END AS network,
        CASE
            WHEN eventname = 'CreateNotebookInstance'
                AND coalesce(json_extract_scalar(requestparameters, '$.rootAccess'), 'Enabled') = 'Enabled'
                THEN 'root access'
        END AS root_access,
        CASE
            WHEN eventname IN ('CreateNotebookInstance', 'CreateEndpointConfig', 'CreateDomain')
                AND json_extract_scalar(requestparameters, '$.kmsKeyId') IS NULL
                THEN 'no key of its own'
        END AS encryption
    FROM events
    WHERE service = 'sagemaker' AND result = 'done'
        AND eventname IN ('CreateNotebookInstance', 'CreateDomain', 'CreateModel', 'CreateEndpointConfig')
        AND (:name = '' OR strpos(mentions, lower(:name)) > 0)
)
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource, network, root_access, encryption
FROM made
WHERE network IS NOT NULL OR root_access IS NOT NULL OR encryption IS NOT NULL
ORDER BY eventtime DESC
